// One line of `/cluster/resources`: what lists and trees show of a guest, node or storage.

/** Sizes in bytes, `cpu` as the fraction of `maxcpu` processors in use, `uptime` in seconds. */
export interface ResourceItem {
  /** `qemu/100`, `node/pve1`, `storage/pve1/local`. */
  readonly id: string;
  readonly type: 'qemu' | 'lxc' | 'node' | 'storage';
  readonly node: string;
  /** Guests: running (also while paused), stopped; nodes: online, offline; storages: available, unknown. */
  readonly status: string;
  /** Guests: the exact state where `status` is too coarse: paused, suspended, starting, stopping. */
  readonly qmpstatus?: string;
  readonly vmid?: number;
  readonly name?: string;
  readonly template?: 0 | 1;
  readonly tags?: string;
  /** Of guests: the pool that they are in. */
  readonly pool?: string;
  readonly lock?: string;
  readonly storage?: string;
  readonly plugintype?: string;
  readonly content?: string;
  readonly shared?: 0 | 1;
  readonly level?: string;
  readonly cpu?: number;
  readonly maxcpu?: number;
  readonly mem?: number;
  readonly maxmem?: number;
  /** Croft's own, of running containers: what of their memory is swapped out. */
  readonly swap?: number;
  readonly disk?: number;
  readonly maxdisk?: number;
  readonly netin?: number;
  readonly netout?: number;
  readonly diskread?: number;
  readonly diskwrite?: number;
  readonly uptime?: number;
  /** Croft's own: `kvm` or `tcg` of a running VM; on a node, the same for what its next VM will get, with the reason. */
  readonly accelerator?: 'kvm' | 'tcg';
  readonly acceleratorReason?: string;
  /** Croft's own, of running VMs by their agent's word: IP addresses, and the operating system's own name of itself. */
  readonly addresses?: readonly string[];
  readonly os?: string;
  /** Croft's own, of guests: when the newest backup of them began, in seconds since the epoch. */
  readonly backupAt?: number;
  /** Croft's own, of guests without a recent backup: a job should have made one (`late`), or no job takes care of them (`none`). */
  readonly backupAlert?: 'late' | 'none';
  /** Croft's own, of guests: when a restore of one of their backups last went well, in seconds since the epoch; see `vzdump-proof.ts`. */
  readonly provenAt?: number;
  /** Croft's own, of guests: the newest try to restore one of their backups failed, and why. */
  readonly proofAlert?: 'failed';
  readonly proofProblem?: string;
  /** Croft's own: why a storage cannot be used. */
  readonly problem?: string;
  /** Croft's own, of storages: what their administrator should know though they work. Texts of programs and devices among them. */
  readonly warnings?: readonly string[];
  /** Croft's own, of storages: how full, in percent, when that is worth a word: 75, 85 or 95, also while a little less. */
  readonly space?: 75 | 85 | 95;
}
