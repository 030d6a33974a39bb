// GRUB's menu of an installed system, as text: which slot boots, a trial that counts once, the way back.
import { grubFolder } from './appliance-layout.ts';

export interface GrubConfigFacts {
  /** UUID of the file system with the slots. */
  readonly systemUuid: string;
  /** UUID of the state's file system. */
  readonly stateUuid: string;
}

/** Modules in GRUB's core image: what it takes to reach `grub.cfg` and the slots, also when other modules are lost. */
export const grubCoreModules = ['part_gpt', 'fat', 'ext2', 'mdraid1x', 'search_fs_uuid', 'loadenv'] as const;

/** The environment that the installer writes: slot A is good, nothing is on trial. */
export const firstGrubEnv: ReadonlyMap<string, string> = new Map([
  ['slot', 'A'],
  ['try', ''],
]);

const uuidPattern = /^[0-9a-fA-F-]{36}$/;

/**
 * Text of `grub.cfg`, in the language of GRUB 2.12's manual. It reads `slot` and `try` of the environment beside it and
 * `slot.cfg` of each slot (`croft_version`, `croft_options`); docs/design/appliance.md, "Slots and trials". Throws a
 * RangeError for what is no UUID: nothing else may get between the lines.
 */
export function renderGrubConfig({ systemUuid, stateUuid }: GrubConfigFacts): string {
  for (const uuid of [systemUuid, stateUuid])
    if (!uuidPattern.test(uuid)) throw new RangeError(`'${uuid}' is no UUID`);
  return [
    head(systemUuid),
    look('A'),
    look('B'),
    choose,
    armWatchdog,
    startSlot(stateUuid, systemUuid),
    entries,
    firmware,
  ].join('\n');
}

const head = (
  systemUuid: string,
) => `# Menu of an installed Croft. Written by the installer; it reads ${grubFolder}/grubenv and each slot's slot.cfg.
set default=0
set timeout=3
set timeout_style=menu

# Only a machine with a serial port gets the menu there too.
if serial --unit=0 --speed=115200; then
  terminal_input console serial
  terminal_output console serial
fi

search --no-floppy --fs-uuid --set=system ${systemUuid}
load_env slot try
`;

/** What is in a slot: nothing without both its kernel and its initrd. */
const look = (slot: 'A' | 'B') => `set have_${slot}=
set version_${slot}=
if [ -f "($system)/${slot}/vmlinuz" -a -f "($system)/${slot}/initrd.img" ]; then
  set have_${slot}=1
  set croft_version=
  if [ -f "($system)/${slot}/slot.cfg" ]; then source "($system)/${slot}/slot.cfg"; fi
  set version_${slot}="$croft_version"
fi
`;

/** Not `chosen`: GRUB itself sets that variable when an entry is started. */
const choose = `# A trial counts once: it is forgotten before it boots, and what cannot be forgotten is not tried.
set slot_first="$slot"
set trial=
if [ -n "$try" ]; then
  set wanted="$try"
  set try=
  if save_env try; then
    set usable=
    if [ "$wanted" = "A" ]; then set usable="$have_A"; fi
    if [ "$wanted" = "B" ]; then set usable="$have_B"; fi
    if [ -n "$usable" ]; then
      set slot_first="$wanted"
      set trial="croft.trial=1"
    fi
  fi
fi

# What was not chosen, or has no image, gives way to what there is.
if [ "$slot_first" = "B" -a -z "$have_B" ]; then set slot_first=A; fi
if [ "$slot_first" != "B" ]; then set slot_first=A; fi
if [ "$slot_first" = "A" -a -z "$have_A" -a -n "$have_B" ]; then set slot_first=B; fi
if [ "$slot_first" = "A" ]; then
  set slot_other=B
  set have_chosen="$have_A"
  set have_other="$have_B"
  set version_chosen="$version_A"
  set version_other="$version_B"
else
  set slot_other=A
  set have_chosen="$have_B"
  set have_other="$have_A"
  set version_chosen="$version_B"
  set version_other="$version_A"
fi
`;

/**
 * A kernel that hangs never comes to arm a watchdog. The one of virtual machines (Intel 6300ESB, datasheet section 13; QEMU's
 * `i6300esb`) can be armed from here: two stages of 60 seconds. Other watchdogs differ from board to board: with them, a
 * kernel that hangs before its first program waits for somebody to switch the machine off and on.
 */
const armWatchdog = `function arm_watchdog {
  insmod setpci
  insmod memrw
  insmod regexp
  set bar=
  setpci -d 8086:25ab -v bar 10.l
  if regexp --set=1:base '^([0-9a-f]+)[0-9a-f]$' "$bar"; then
    setpci -d 8086:25ab 4.w=2:2
    setpci -d 8086:25ab 60.w=3
    for register in 0 4; do
      write_word 0x\${base}c 0x80
      write_word 0x\${base}c 0x86
      write_dword 0x\${base}$register 0xf000
    done
    write_word 0x\${base}c 0x80
    write_word 0x\${base}c 0x86
    write_word 0x\${base}c 0x100
    setpci -d 8086:25ab 68.b=2
  fi
}
`;

const startSlot = (stateUuid: string, systemUuid: string) => `# start_slot SLOT [WORD]
function start_slot {
  set croft_options=
  if [ -f "($system)/$1/slot.cfg" ]; then source "($system)/$1/slot.cfg"; fi
  set root="$system"
  if [ -n "$trial" -a "$1" = "$slot_first" ]; then arm_watchdog; fi
  echo "Starting Croft from slot $1 ..."
  linux /$1/vmlinuz croft.slot=$1 croft.system=UUID=${systemUuid} croft.state=UUID=${stateUuid} $croft_options $2
  initrd /$1/initrd.img
}
`;

const entries = `if [ -n "$have_chosen" ]; then
  menuentry "Croft $version_chosen" --id croft {
    start_slot $slot_first $trial
  }
  # The first entry is there, so the other slot is entry 1: what boots when a kernel does not load.
  if [ -n "$have_other" ]; then
    set fallback=1
    menuentry "Previous version $version_other" --id previous {
      start_slot $slot_other
    }
  fi
  menuentry "Croft, no guests started" --id nostart {
    start_slot $slot_first croft.nostart=1
  }
else
  menuentry "No Croft image was found on this disk" --id none {
    echo "Boot the installation medium to repair this machine."
    sleep 30
  }
fi
`;

const firmware = `if [ "$grub_platform" = "efi" ]; then
  menuentry "Firmware setup" --id firmware {
    fwsetup
  }
fi
`;
