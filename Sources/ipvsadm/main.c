// Swift's CommandLine reads the words from /proc, which need not be mounted where rules are set, as in
// an initramfs; C is handed them.

int ipvsadm_run(int count, char *const words[]);

int main(int count, char *words[]) { return ipvsadm_run(count, words); }
