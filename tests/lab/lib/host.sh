# shellcheck shell=bash
# One libvirt host: namespaces, files, libvirtd, sshd. Sourced, never run.

# Mount points of the hosts' private files; created here only when the distribution's package has
# not, and then removed by `down`.
HOST_MOUNTS="/etc/libvirt /etc/ssh /var/lib/libvirt /var/cache/libvirt /var/log/libvirt"

make_mount_points() {
  local target
  for target in $HOST_MOUNTS; do
    if [ ! -d "$target" ]; then
      echo "$target" >>"$LAB_DIR/created-directories"
      mkdir -p "$target"
    fi
  done
}

make_bridge() {
  ip link add "$LAB_BRIDGE" type bridge
  ip link set "$LAB_BRIDGE" alias "virt-deck lab $LAB_DIR"
  ip address add "$LAB_NET.254/24" dev "$LAB_BRIDGE"
  ip link set "$LAB_BRIDGE" up
}

# Keys of the lab's user and the certificate authority for tls.
make_keys() {
  local client=$LAB_DIR/client
  mkdir -p "$client/pki" "$LAB_DIR/authority"
  chmod 0700 "$client" "$LAB_DIR/authority"
  ssh-keygen -q -t ed25519 -N '' -C virt-deck-lab -f "$client/id_ed25519"
  # for passphrase questions; the passphrase and the password are the same random word
  openssl rand -hex 8 >"$client/password"
  ssh-keygen -q -t ed25519 -N "$(cat "$client/password")" -C virt-deck-lab -f "$client/id_locked"
  cat >"$client/ssh_config" <<CONFIG
Host $LAB_NET.*
  IdentityFile $client/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile $client/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
CONFIG
  # the guests' own network, which only their hosts reach
  cat >>"$client/ssh_config" <<CONFIG
Host 192.168.77.*
  User root
  IdentityFile $client/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile $client/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
CONFIG
  printf '192.168.77.* %s\n' "$(cat "$LAB_CACHE/guest_key.pub")" >"$client/known_hosts"
  # libvirt's own ssh transport takes a program but no configuration file
  printf '#!/bin/sh\nexec ssh -F %q "$@"\n' "$client/ssh_config" >"$client/ssh"
  chmod +x "$client/ssh"
  make_certificate "$LAB_DIR/authority/ca" "virt-deck lab" ""
  cp "$LAB_DIR/authority/ca.crt" "$client/pki/cacert.pem"
  make_certificate "$LAB_DIR/authority/client" "virt-deck lab client" "$LAB_DIR/authority/ca"
  cp "$LAB_DIR/authority/client.crt" "$client/pki/clientcert.pem"
  cp "$LAB_DIR/authority/client.key" "$client/pki/clientkey.pem"
}

# make_certificate BASE NAME [AUTHORITY [ADDRESS]]: BASE.key and BASE.crt, self-signed without AUTHORITY.
make_certificate() {
  local base=$1 name=$2 authority=$3 address=${4:-}
  local request=(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30
    -keyout "$base.key" -out "$base.crt" -subj "/CN=$name")
  if [ -n "$authority" ]; then
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$base.key" \
      -out "$base.csr" -subj "/CN=$name" 2>/dev/null
    {
      echo "extendedKeyUsage=serverAuth,clientAuth"
      [ -z "$address" ] || echo "subjectAltName=DNS:$name,IP:$address"
    } >"$base.ext"
    openssl x509 -req -days 30 -in "$base.csr" -CA "$authority.crt" -CAkey "$authority.key" \
      -set_serial "0x$(openssl rand -hex 8)" -extfile "$base.ext" -out "$base.crt" 2>/dev/null
  else
    "${request[@]}" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
  fi
}

# make_vnc_certificate DIRECTORY NAME ADDRESS: as QEMU wants it.
make_vnc_certificate() {
  mkdir -p "$1"
  make_certificate "$1/server" "$2" "$LAB_DIR/authority/ca" "$3"
  mv "$1/server.crt" "$1/server-cert.pem"
  mv "$1/server.key" "$1/server-key.pem"
  cp "$LAB_DIR/authority/ca.crt" "$1/ca-cert.pem"
}

# write_host NAME COUNT: the private files of a host.
write_host() {
  local name=$1 count=$2 own=$LAB_DIR/hosts/$1 address number
  address=$(host_address "$name")
  mkdir -p "$own"/etc/{libvirt/pki,ssh} "$own"/var/{cache,log}/libvirt/qemu "$own"/run/{sshd,lock} \
    "$own"/var/lib/libvirt/{images,shared,boot,tiny,qemu} "$own/image"
  ln "$LAB_CACHE/vmlinuz" "$LAB_CACHE/initrd" "$own/image/" 2>/dev/null ||
    cp "$LAB_CACHE/vmlinuz" "$LAB_CACHE/initrd" "$own/image/"
  [ ! -d "$LAB_CACHE/sshd" ] || cp -a "$LAB_CACHE/sshd" "$own/image/"

  cat >"$own/etc/libvirt/libvirtd.conf" <<CONFIG
listen_tls = 1
listen_tcp = 1
listen_addr = "$address"
auth_tcp = "none"
auth_tls = "none"
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_rw_perms = "0777"
host_uuid = "$(cat /proc/sys/kernel/random/uuid)"
key_file = "/etc/libvirt/pki/server.key"
cert_file = "/etc/libvirt/pki/server.crt"
ca_file = "/etc/libvirt/pki/ca.crt"
log_filters = "3:*"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
CONFIG
  cat >"$own/etc/libvirt/qemu.conf" <<CONFIG
user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
migration_address = "$address"
vnc_tls = 0
vnc_tls_x509_cert_dir = "/etc/libvirt/vnc"
CONFIG
  make_certificate "$own/etc/libvirt/pki/server" "$name" "$LAB_DIR/authority/ca" "$address"
  cp "$LAB_DIR/authority/ca.crt" "$own/etc/libvirt/pki/ca.crt"
  # screens with TLS for guests that start while a test has set vnc_tls, the other as of another host
  make_vnc_certificate "$own/etc/libvirt/vnc" "$name" "$address"
  make_vnc_certificate "$own/etc/libvirt/vnc-other" elsewhere 192.0.2.1

  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$own/etc/ssh/host_key"
  cat "$LAB_DIR"/client/id_*.pub >"$own/etc/ssh/authorized_keys"
  # root by key only; labuser by password, for the console's password form
  cat >"$own/etc/ssh/sshd_config" <<CONFIG
ListenAddress $address
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
StrictModes no
UsePAM no
UseDNS no
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Match User labuser
  PubkeyAuthentication no
  PasswordAuthentication yes
CONFIG
  printf '%s,%s %s\n' "$address" "$name" "$(cut -d' ' -f1,2 "$own/etc/ssh/host_key.pub")" \
    >>"$LAB_DIR/client/known_hosts"
  printf '%s\n' root:x:0:0:root:/root:/bin/sh sshd:x:74:74::/run/sshd:/usr/sbin/nologin \
    libvirt-qemu:x:64055:76::/var/lib/libvirt:/usr/sbin/nologin \
    labuser:x:1077:1077::/tmp:/bin/sh nobody:x:65534:65534::/:/usr/sbin/nologin >"$own/etc/passwd"
  printf '%s\n' root:x:0: sshd:x:74: kvm:x:76: libvirt-qemu:x:64055: labuser:x:1077: nogroup:x:65534: >"$own/etc/group"
  printf '%s\n' 'root:*:19000::::::' 'sshd:!:19000::::::' \
    "labuser:$(openssl passwd -6 "$(cat "$LAB_DIR/client/password")"):19000::::::" \
    >"$own/etc/shadow"
  chmod 0600 "$own/etc/shadow"
  {
    echo "127.0.0.1 localhost"
    for ((number = 1; number <= count; number++)); do
      echo "$LAB_NET.$number lab$number"
    done
  } >"$own/etc/hosts"
}

# start_host NAME: namespaces and network, then the daemons.
start_host() {
  local name=$1 own=$LAB_DIR/hosts/$1 pid number=${1#lab}
  setsid unshare --mount --net --uts --pid --fork --mount-proc \
    bash "$LAB_HOME/lib/holder.sh" "$HOLDER_MARK" "$LAB_DIR" "$name" \
    </dev/null >"$own/holder.log" 2>&1 9>&- &
  wait_for 15 "the namespaces of $name" test -e "$own/run/holder-ready" || {
    cat "$own/holder.log" >&2
    return 1
  }
  pid=$(holder_pid "$name")
  ip link add "vd$number-${LAB_NET//./-}" type veth peer name eth0 netns "$pid"
  ip link set "vd$number-${LAB_NET//./-}" master "$LAB_BRIDGE" up
  in_host "$name" ip link set lo up
  in_host "$name" ip address add "$(host_address "$name")/24" dev eth0
  in_host "$name" ip link set eth0 up
  start_daemon "$name"
  in_host "$name" "$(sshd_program)" 9>&-
}

# Path of sshd as the hosts see it. Installing its package would open this machine to the network,
# so it is unpacked beside the guests' kernel when it is not here.
sshd_program() {
  local found
  found=$(PATH="$PATH:/usr/sbin" command -v sshd || true)
  if [ -n "$found" ] && [ "${LAB_SSHD:-}" != unpack ]; then
    echo "$found"
    return
  fi
  echo /var/lib/libvirt/boot/sshd/start
}

# Must come before the hosts: they get the unpacked files with the kernel.
unpack_sshd() {
  local tree=$LAB_CACHE/sshd
  [ "$(sshd_program)" = /var/lib/libvirt/boot/sshd/start ] || return 0
  if [ ! -x "$tree/start" ]; then
    unpack_package openssh-server "$tree"
    unpack_package libwrap0 "$tree"
    cat >"$tree/start" <<'START'
#!/bin/sh
here=/var/lib/libvirt/boot/sshd
export LD_LIBRARY_PATH="$(dirname "$(find $here -name 'libwrap.so.0' | head -n 1)")"
exec $here/usr/sbin/sshd
START
    chmod +x "$tree/start"
  fi
}

start_daemon() {
  in_host "$1" rm -f /run/libvirtd.pid
  in_host "$1" libvirtd --listen --daemon --pid-file /run/libvirtd.pid 9>&-
  wait_for 20 "libvirtd on $1" host_virsh "$1" version
}

# signal_daemon HOST SIGNAL: to libvirtd alone; QEMU processes run on.
signal_daemon() {
  # shellcheck disable=SC2016  # expanded in the host
  in_host "$1" sh -c 'kill "-$1" "$(cat /run/libvirtd.pid)"' signal "$2"
}

set_link() { ip link set "vd${1#lab}-${LAB_NET//./-}" "$2"; }

write_inventory() {
  local name uri
  {
    echo "# Written by tests/lab/lab: the real libvirt hosts of the lab."
    echo "version = 1"
    echo
    echo "[[datacenter]]"
    echo 'name = "lab"'
    echo
    echo "  [[datacenter.cluster]]"
    echo '  name = "tcg"'
    for name in $(hosts_up); do
      # every second host over ssh
      if [ $((${name#lab} % 2)) -eq 1 ]; then uri=$(uri_tcp "$name"); else uri=$(uri_ssh "$name"); fi
      printf '\n    [[datacenter.cluster.host]]\n    name = "%s"\n    uri = "%s"\n' "$name" "$uri"
    done
  } >"$LAB_DIR/inventory.toml"
}

uri_tcp() { echo "qemu+tcp://$(host_address "$1")/system"; }
uri_ssh() { echo "qemu+ssh://root@$(host_address "$1")/system?command=$LAB_DIR/client/ssh"; }
uri_tls() { echo "qemu+tls://$(host_address "$1")/system?pkipath=$LAB_DIR/client/pki"; }
uri_unix() { echo "qemu+unix:///system?socket=$LAB_DIR/hosts/$1/run/libvirt/libvirt-sock"; }
uri_password() { echo "qemu+ssh://labuser@$(host_address "$1")/system?command=$LAB_DIR/client/ssh"; }
