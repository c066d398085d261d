# shellcheck shell=bash
# Storage, networks and guests of a host. Sourced, never run.

# pool_xml NAME PATH
pool_xml() {
  echo "<pool type='dir'><name>$1</name><target><path>$2</path></target></pool>"
}

# Isolated: guests of one host see each other and nothing else.
network_xml() {
  cat <<XML
<network>
  <name>lab</name>
  <bridge name='virbr0' stp='off'/>
  <ip address='192.168.77.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.77.100' end='192.168.77.200'/></dhcp>
  </ip>
</network>
XML
}

# The lab's key that opens the guests' ssh, without its kind.
guest_key() { cut -d' ' -f2 "$LAB_DIR/client/id_ed25519.pub"; }

# guest_xml NAME [VCPUS [COMMAND_LINE...]]: disk, network, agent, console and screen included.
guest_xml() {
  local name=$1 vcpus=${2:-1}
  shift 2 || shift
  cat <<XML
<domain type='qemu'>
  <name>$name</name>
  <title>lab guest $name</title>
  <memory unit='MiB'>128</memory>
  <vcpu>$vcpus</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>/var/lib/libvirt/boot/vmlinuz</kernel>
    <initrd>/var/lib/libvirt/boot/initrd</initrd>
    <cmdline>console=tty0 console=ttyS0 quiet mitigations=off lab.name=$name lab.key=$(guest_key) $*</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='volume' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source pool='default' volume='$name.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <source network='lab'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'>
      <log file='/var/log/libvirt/qemu/$name-serial.log' append='off'/>
    </serial>
    <console type='pty'><target type='serial'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>
    <video><model type='vga'/></video>
    <memballoon model='virtio'><stats period='2'/></memballoon>
  </devices>
</domain>
XML
}

# furnish_host HOST GUESTS: pools with volumes, the network, GUESTS running guests and one shut off.
furnish_host() {
  local host=$1 guests=$2 pool number name
  network_xml | host_virsh "$host" net-define /dev/stdin
  host_virsh "$host" "net-start lab; net-autostart lab"
  for pool in default:images shared:shared tiny:tiny; do
    pool_xml "${pool%%:*}" "/var/lib/libvirt/${pool##*:}" | host_virsh "$host" pool-define /dev/stdin
    host_virsh "$host" "pool-start ${pool%%:*}; pool-autostart ${pool%%:*}"
  done
  host_virsh "$host" "vol-create-as default data.raw 64M --allocation 1M --format raw;
    vol-create-as default archive.qcow2 2G --format qcow2"
  for ((number = 1; number <= guests; number++)); do
    define_guest "$host" "$host-vm$number" $(((number + 1) % 2 + 1))
    host_virsh "$host" start "$host-vm$number"
  done
  name=$host-off
  define_guest "$host" "$name" 1
  host_virsh "$host" snapshot-create-as "$name" before-update "Before the update" >/dev/null
}

# define_guest HOST NAME [VCPUS [COMMAND_LINE...]]
define_guest() {
  local host=$1
  shift
  host_virsh "$host" vol-create-as default "$1.qcow2" 64M --format qcow2
  guest_xml "$@" | host_virsh "$host" define /dev/stdin
}

agent_answers() {
  host_virsh "$1" qemu-agent-command --timeout 3 "$2" '{"execute":"guest-ping"}'
}

wait_for_guests() {
  local name
  for name in $(host_virsh "$1" list --name); do
    wait_for 180 "the agent of $name" agent_answers "$1" "$name"
  done
}
