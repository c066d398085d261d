# shellcheck shell=bash
# The guests' kernel and initramfs, built once per cache directory. Sourced, never run.

# Inserted in this order; what is missing is built into the kernel.
GUEST_MODULES="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover
net_failover virtio_net virtio_blk virtio_balloon virtio_console evdev button"

# The package with the newest kernel for virtual machines.
kernel_package() {
  local meta package
  for meta in linux-image-cloud-amd64 linux-image-virtual; do
    package=$(apt-cache depends "$meta" 2>/dev/null |
      sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
    [ -n "$package" ] && break
  done
  echo "$package"
}

unpack_kernel() {
  local package
  package=$(kernel_package)
  if [ -z "$package" ]; then
    apt_update_once
    package=$(kernel_package)
  fi
  [ -n "$package" ] || die "apt knows no kernel package for the guests"
  log "kernel: $package"
  unpack_package "$package" "$1"
  # Ubuntu keeps the modules apart
  [ -d "$1/lib/modules" ] || [ -d "$1/usr/lib/modules" ] ||
    unpack_package "${package/linux-image/linux-modules}" "$1"
}

# copy_program FILE ROOT: a program with the libraries it is linked with; LD_LIBRARY_PATH may name
# where some of them were unpacked.
copy_program() {
  local library
  mkdir -p "$2/usr/sbin"
  cp "$1" "$2/usr/sbin/"
  while read -r library; do
    case $library in
    # not where it was unpacked but where the guest looks
    "${LD_LIBRARY_PATH:-none}"/*) cp -L "$library" "$2/lib/" ;;
    *)
      mkdir -p "$2$(dirname "$library")"
      cp -L "$library" "$2$library"
      ;;
    esac
  done < <(ldd "$1" | grep -o '/[^ ]*')
}

# copy_ssh_server SCRATCH ROOT: dropbear, a tenth of OpenSSH's server and its libraries, with a host
# key that lives as long as the image.
copy_ssh_server() {
  local package tree=$1/ssh libraries
  for package in dropbear-bin libtomcrypt1 libtommath1; do
    unpack_package "$package" "$tree"
  done
  libraries=$(dirname "$(find "$tree" -name 'libtomcrypt.so.1' | head -n 1)")
  LD_LIBRARY_PATH=$libraries copy_program "$tree/usr/sbin/dropbear" "$2"
  mkdir -p "$2/etc/dropbear"
  LD_LIBRARY_PATH=$libraries "$tree/usr/bin/dropbearkey" -t ed25519 \
    -f "$2/etc/dropbear/dropbear_ed25519_host_key" | sed -n 's/^\(ssh-ed25519 [^ ]*\).*/\1/p' \
    >"$LAB_CACHE/guest_key.pub"
}

copy_modules() {
  local tree=$1 target=$2 module file
  mkdir -p "$target"
  touch "$target/order"
  for module in $GUEST_MODULES; do
    file=$(find "$tree" -name "$module.ko*" -print -quit)
    case $file in
      "") continue ;;
      *.zst) zstd -q -d -o "$target/$module.ko" "$file" ;;
      *.xz) xz -d -c "$file" >"$target/$module.ko" ;;
      *) cp "$file" "$target/" ;;
    esac
    echo "$module" >>"$target/order"
  done
}

# What the image is made of, so that one kept from before a change is built again.
image_recipe() { cat "$LAB_HOME/lib/image.sh" "$LAB_HOME"/guest/* | sha256sum | cut -d' ' -f1; }

build_image() {
  local scratch root agent guest="$LAB_HOME/guest"
  [ -s "$LAB_CACHE/vmlinuz" ] && [ -s "$LAB_CACHE/initrd" ] &&
    [ "$(cat "$LAB_CACHE/recipe" 2>/dev/null)" = "$(image_recipe)" ] && return 0
  log "building the guest image in $LAB_CACHE"
  mkdir -p "$LAB_CACHE"
  scratch=$(mktemp -d "$LAB_CACHE/build.XXXXXX")
  root=$scratch/root
  mkdir -p "$root"/{bin,sbin,etc/acpi/PWRF,usr/sbin,proc,sys,dev,mnt,run}
  unpack_kernel "$scratch/kernel"
  cp "$(command -v busybox)" "$root/bin/busybox"
  busybox --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s /bin/busybox "$root/bin/$applet"
  done
  ln -s /bin/busybox "$root/init"
  cp "$guest"/{rc,inittab,udhcpc,agent,work} "$root/etc/"
  cp "$guest/shutdown" "$root/sbin/shutdown"
  printf '#!/bin/sh\npoweroff -f\n' >"$root/etc/acpi/PWRF/00000080"
  chmod +x "$root/etc/acpi/PWRF/00000080"
  printf 'root::0:0:root:/:/bin/sh\n' >"$root/etc/passwd"
  printf 'NAME="Lab guest"\nPRETTY_NAME="virt-deck lab guest"\nID=lab\nVERSION_ID=1\n' \
    >"$root/etc/os-release"
  agent=$(command -v qemu-ga || true)
  if [ -z "$agent" ]; then
    unpack_package qemu-guest-agent "$scratch/agent"
    agent=$scratch/agent/usr/sbin/qemu-ga
  fi
  copy_program "$agent" "$root"
  copy_ssh_server "$scratch" "$root"
  copy_modules "$scratch/kernel" "$root/lib/modules"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -6) >"$LAB_CACHE/initrd.new"
  cp "$scratch"/kernel/boot/vmlinuz-* "$LAB_CACHE/vmlinuz"
  mv "$LAB_CACHE/initrd.new" "$LAB_CACHE/initrd"
  image_recipe >"$LAB_CACHE/recipe"
  rm -rf "$scratch"
}
