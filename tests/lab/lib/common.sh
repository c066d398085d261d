# shellcheck shell=bash disable=SC2034  # names used by the other scripts
# Names, paths and small helpers shared by the lab scripts. Sourced, never run.

# The first three numbers of the lab's own network; host I has .I, this machine has .254.
LAB_NET=${LAB_NET:-10.77.0}
# Everything the lab writes is below this directory; `down` removes it.
LAB_DIR=${LAB_DIR:-${XDG_RUNTIME_DIR:-/tmp}/virt-deck-lab}
# Kernel and initramfs of the guests; outside LAB_DIR it survives `down`.
LAB_CACHE=${LAB_CACHE:-$LAB_DIR/image}
# At most 15 characters, and told apart from other labs by its network.
LAB_BRIDGE="vd-${LAB_NET//./-}"
LAB_MARKER="$LAB_DIR/.virt-deck-lab"
HOLDER_MARK="virt-deck-lab-host"

log() { printf 'lab: %s\n' "$*" >&2; }
die() {
  log "$*"
  exit 1
}

# Namespaces, bridges and bind mounts need root; the lab's place is decided before the switch.
become_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null || die "needs root, and there is no sudo"
  exec sudo LAB_DIR="$LAB_DIR" LAB_NET="$LAB_NET" LAB_CACHE="$LAB_CACHE" "$0" "$@"
}

# wait_for SECONDS WHAT COMMAND...: repeats COMMAND until it succeeds.
wait_for() {
  local limit=$1 what=$2 start=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - start)) -ge "$limit" ]; then
      log "gave up after $limit s waiting for $what"
      return 1
    fi
    sleep 0.2
  done
}

# Programs that must be there, and the Debian and Ubuntu package of each. None of these packages
# starts a service: sshd and the guest agent are unpacked from theirs instead of installed.
ensure_programs() {
  local missing=() entry ubuntu=()
  # there the guests' kernel modules are compressed
  ! grep -qsx 'ID=ubuntu' /etc/os-release || ubuntu=(zstd:zstd)
  for entry in "${ubuntu[@]}" libvirtd:libvirt-daemon virsh:libvirt-clients qemu-system-x86_64:qemu-system-x86 \
    qemu-img:qemu-utils dnsmasq:dnsmasq-base iptables:iptables ip:iproute2 ssh:openssh-client \
    cpio:cpio busybox:busybox-static openssl:openssl nsenter:util-linux pgrep:procps; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
  done
  # the dynamic busybox of other packages cannot be copied into an initramfs by itself
  if command -v busybox >/dev/null && ldd "$(command -v busybox)" >/dev/null 2>&1; then
    missing+=(busybox-static)
  fi
  [ -e /usr/share/seabios/bios-256k.bin ] || missing+=(seabios)
  [ -e /usr/lib/ipxe/qemu/efi-virtio.rom ] || missing+=(ipxe-qemu)
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null ||
    die "missing: ${missing[*]} (Debian's names); only Debian and Ubuntu install by themselves"
  log "installing ${missing[*]}"
  apt_update_once
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null </dev/null
}

# Package lists are empty on a fresh container.
apt_update_once() {
  [ -n "${LAB_APT_UPDATED:-}" ] && return 0
  apt-get update -qq </dev/null
  LAB_APT_UPDATED=1
}

# unpack_package NAME DIRECTORY: the files of a package, without installing it.
unpack_package() {
  local scratch
  scratch=$(mktemp -d)
  chmod 0777 "$scratch"
  if ! (cd "$scratch" && apt-get download -qq "$1" >/dev/null 2>&1); then
    apt_update_once
    (cd "$scratch" && apt-get download -qq "$1" >/dev/null)
  fi
  mkdir -p "$2"
  dpkg-deb -x "$scratch"/*.deb "$2"
  rm -rf "$scratch"
}

# Outer process id of a host's first process, found by its arguments: files may be lost.
holder_pid() {
  local file args
  for file in /proc/[0-9]*/cmdline; do
    { mapfile -d '' -t args <"$file"; } 2>/dev/null || continue
    if [ "${args[0]:-}" = bash ] && [ "${args[2]:-}" = "$HOLDER_MARK" ] &&
      [ "${args[3]:-}" = "$LAB_DIR" ] && { [ -z "$1" ] || [ "${args[4]:-}" = "$1" ]; }; then
      file=${file#/proc/}
      echo "${file%/cmdline}"
    fi
  done
}

# in_host HOST COMMAND...: runs inside the host's namespaces.
in_host() {
  local pid
  pid=$(holder_pid "$1")
  [ -n "$pid" ] || die "no host $1 (see: lab status)"
  shift
  nsenter --target "$pid" --mount --net --uts --pid env -u XDG_RUNTIME_DIR -u LIBVIRT_DEFAULT_URI \
    HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

host_virsh() {
  local host=$1
  shift
  in_host "$host" virsh -q -c qemu:///system "$@"
}

hosts_up() {
  local directory
  for directory in "$LAB_DIR"/hosts/*/; do
    [ -d "$directory" ] && basename "$directory"
  done
}

host_address() { echo "$LAB_NET.${1#lab}"; }
