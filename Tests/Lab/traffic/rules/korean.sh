echo 1 > /proc/sys/net/ipv4/ip_forward
ipvsadm -A -t 211.57.163.10:80 -s wlc
ipvsadm -A -t 211.57.163.10:21 -s wrr
ipvsadm -a -t 211.57.163.10:80 -R 192.168.1.2:80 -m
ipvsadm -a -t 211.57.163.10:21 -R 192.168.1.3:21 -m
