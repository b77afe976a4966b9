ipvsadm -A -t 211.57.163.10.21 -s wrr
