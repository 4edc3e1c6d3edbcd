/** Configurations without health checks, so that every real server stays up. */
export const keepalivedConfigurations: Readonly<Record<string, string>> = {
  'protocols, schedulers, persistence, thresholds': `
virtual_server 203.0.113.10 443 {
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  persistence_timeout 50
  persistence_granularity 255.255.255.0
  delay_loop 60
  real_server 192.168.201.100 8443 {
    weight 5
    uthreshold 100
    lthreshold 50
    notify_up "/bin/true"
  }
  real_server 192.168.201.101 {
    weight 0
  }
}
virtual_server 203.0.113.10 53 {
  lvs_sched rr
  lvs_method NAT
  protocol UDP
  ops
  real_server 192.168.201.53 5353 { }
}
virtual_server 203.0.113.10 5060 {
  lvs_sched rr
  lvs_method NAT
  protocol SCTP
  weight 7
  persistence_timeout
  real_server 192.168.201.60 5060
  {
    inhibit_on_failure
  }
}`,
  'defaults: no scheduler, protocol, method or port': `
virtual_server 203.0.113.11 80 {
  real_server 192.168.202.1 80 { }
  real_server 192.168.202.2 81 { }
  real_server 192.168.202.1 80 { weight 4 }
}
virtual_server 203.0.113.12 {
  lvs_sched lc
  lvs_method DR
  real_server 192.168.202.3 { }
}
virtual_server 203.0.113.13 53 {
  lvs_sched rr
  ops
  real_server 192.168.202.4 53 { }
}
virtual_server 203.0.113.14 80 {
  lvs_sched rr
  ops
  protocol TCP
  real_server 192.168.202.5 80 { }
}
virtual_server 203.0.113.15 80 {
  lvs_sched rr
  persistence_granularity 255.255.0.0
  real_server 192.168.202.6 80 { }
}
virtual_server 203.0.113.16 80 {
  lvs_sched rr
}`,
  'forwarding methods, tunnels and flags of schedulers': `
virtual_server 203.0.113.20 80 {
  lvs_sched sh
  sh-port
  sh-fallback
  lvs_method DR
  real_server 192.168.203.1 80 { }
  real_server 192.168.203.2 8080 { }
  real_server 192.168.203.3 { lvs_method NAT }
  real_server 192.168.203.4 80 {
    lvs_method TUN type gue port 6080 csum
  }
  real_server 192.168.203.5 80 {
    lvs_method TUN type gre csum
  }
  real_server 192.168.203.6 80 {
    lvs_method TUN
  }
}
virtual_server 203.0.113.21 80 {
  lvs_sched mh
  mh-port
  flag-3
  lvs_method TUN type ipip
  real_server 192.168.203.7 80 { }
}
virtual_server 203.0.113.22 80 {
  lvs_sched rr
  sh-port
  lvs_method NAT
  real_server 192.168.203.8 80 { }
}`,
  'IPv6, marks and families': `
virtual_server 2001:db8::10 80 {
  lvs_sched wlc
  lvs_method NAT
  persistence_timeout 100
  persistence_granularity 64
  real_server 2001:db8:1::1 8080 { }
  real_server 192.168.204.9 80 { lvs_method TUN }
}
virtual_server fwmark 7 {
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server 192.168.204.1 80 { }
  real_server 192.168.204.2 { }
}
virtual_server fwmark 8 {
  lvs_sched rr
  lvs_method NAT
  real_server 2001:db8:1::2 80 { }
}
virtual_server fwmark 9 {
  ip_family inet6
  lvs_sched rr
  lvs_method TUN
  real_server 2001:db8:1::3 { }
}`,
  'groups, parameters and conditions': `
$NET=203.0.113
$SERVER= \\
  real_server 192.168.205.\${N} 80 { \\
    weight \${N} \\
  }
virtual_server_group wide {
  \${NET}.30-32 80
  2001:db8::30-32 80
  fwmark 16
}
virtual_server_group web {
  \${NET}.30-32 80
  \${NET}.40/30 8080
  2001:db8::30-32 80
  2001:db8::40-2001:db8::41 81
  fwmark 17 inet
  fwmark 19 inet6
}
virtual_server_group plain {
  \${NET}.50 80
  fwmark 18
}
virtual_server group wide {
  lvs_sched rr
  lvs_method TUN
  protocol TCP
  real_server 192.168.205.1 80 { }
}
virtual_server group web {
  lvs_sched lc
  lvs_method TUN
  protocol TCP
  real_server 192.168.205.1 80 { }
  real_server 2001:db8:1::4 80 { }
}
virtual_server group plain {
  lvs_sched wrr
  lvs_method NAT
  @other lvs_sched rr
  @^other quorum 1
  $N=1
  $SERVER
  $N=2
  $SERVER
  ~SEQ(M,10,12) real_server 192.168.205.\${M} 8\${M} { weight 2 }
  ~LST({A,B},{20,1},{21,3}) real_server 192.168.205.\${A} 80 { weight \${B} }
}`,
};
