ipvsadm -A -t 211.xx.163.xx:80 -s wlc
