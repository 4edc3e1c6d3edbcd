/** Where the guest finds the built project, and the working folder of its command. */
export const guestProjectFolder = '/project';

/** What a command leaves in this folder of the guest comes back as the result's files. */
export const guestOutputFolder = '/out';

/** The line on the kernel console that says that the guest has booted. */
export const BOOTED = 'ipvs-lab: booted';

/** The guest's first process, in bash. */
export const initScript: string = `#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb LANG=C.UTF-8 USER=root
export IPVS_LAB_OUT=${guestOutputFolder}
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm /dev/pts /run /tmp /root /var/run /result${guestOutputFolder}
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t devpts devpts /dev/pts
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
ln -s /result${guestOutputFolder} ${guestOutputFolder}
ip link set lo up
modprobe -a virtio_pci virtio_blk virtio-rng
stty -F /dev/ttyS1 raw -echo
cd ${guestProjectFolder}
for word in $(cat /proc/cmdline); do case $word in ipvs_lab.kernel=*) export IPVS_LAB_KERNEL=\${word#*=};; esac; done
echo '${BOOTED}' >/dev/console
mkfifo /lab/output
cat /lab/output >/dev/ttyS1 &
reader=$!
setsid bash /lab/command </dev/null >/lab/output 2>&1
echo $? >/result/status
# Processes that the command left running would keep the fifo open for ever.
for process in /proc/[1-9]*; do
  case \${process#/proc/} in 1 | $reader) ;; *) kill -9 \${process#/proc/} 2>/dev/null ;; esac
done
wait $reader
dmesg >/result/dmesg
tar -cf /dev/vda -C /result .
sync
# A kernel without ACPI cannot power off; QEMU ends when it is reset, too.
[ -d /sys/firmware/acpi ] || reboot -f
poweroff -f
`;
