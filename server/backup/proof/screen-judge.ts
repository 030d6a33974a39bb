// When a VM's screen says that its system is up: it shows something else than the firmware did, and stands still. Pure.
import { mebibyte } from '../../core/units.ts';
import { differingShare, goneShare, isBlank, type Picture } from './screen-picture.ts';

/** What was seen of a guest at one time. */
export interface ScreenSight {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly picture: Picture;
  /** Since its start. */
  readonly readBytes: number;
  readonly cpuTimeNs: number;
}

/** Of the pixels: less is a cursor that blinks, a clock. */
const stillShare = 0.005;
/** Milliseconds that a screen stands still. Without the processor's help everything takes its time. */
const stillMs = { kvm: 10_000, tcg: 20_000 } as const;
/** Milliseconds after which it counts even while the guest computes. */
const longStillMs = 60_000;
/** Of one processor, on average: more, and the guest is still at something. */
const busyShare = 0.5;
/** A system that boots reads more of its disks; firmware that finds nothing to boot, and a boot loader that is lost, less. */
const leastReadBytes = 4 * mebibyte;
/** A disk that was read so much was not read by firmware, whatever is left on the screen of it. */
const surelyReadBytes = 32 * mebibyte;
/** Of what the firmware showed: its banner goes when a system takes the screen over, and stays when there is none to boot. */
const bannerGone = 0.5;

export class ScreenJudge {
  readonly #acceleration: 'kvm' | 'tcg';
  #firmware: Picture | undefined;
  /** The sight since which nothing changed. */
  #still: ScreenSight | undefined;

  constructor(acceleration: 'kvm' | 'tcg') {
    this.#acceleration = acceleration;
  }

  /** Takes the next sight; answers for how long it has stood still, in milliseconds, when the system is up. */
  see(sight: ScreenSight): number | undefined {
    if (!this.#firmware && !isBlank(sight.picture)) this.#firmware = sight.picture;
    if (!this.#still || differingShare(this.#still.picture, sight.picture) > stillShare) this.#still = sight;
    const { at, cpuTimeNs, readBytes } = this.#still;
    const stoodMs = sight.at - at;
    const isReading = sight.readBytes - readBytes > mebibyte;
    const isBusy = sight.cpuTimeNs - cpuTimeNs > stoodMs * 1e6 * busyShare;
    if (stoodMs < stillMs[this.#acceleration]) return undefined;
    if ((isReading || isBusy) && stoodMs < longStillMs) return undefined;
    return this.whyNot(sight) === undefined ? stoodMs : undefined;
  }

  /** Why a screen that stands still is not enough, in words; undefined when it is. */
  whyNot({ picture, readBytes }: ScreenSight): string | undefined {
    if (isBlank(picture)) return 'its screen stays empty';
    if (readBytes < leastReadBytes)
      return `it read only ${Math.round(readBytes / 1024)} KiB of its disks: nothing on them boots`;
    const gone = this.#firmware === undefined ? 0 : goneShare(this.#firmware, picture);
    return gone < bannerGone && readBytes < surelyReadBytes
      ? 'its screen still shows what the firmware wrote'
      : undefined;
  }
}
