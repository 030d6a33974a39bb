// A VM's small devices: between the forms and their property strings. Pure.
import { isAtLeast, wholeNumber } from './plain-rules.ts';
import { type PropertyString, renderProperties, withOptions } from './property-string.ts';

export const rngSources = ['/dev/urandom', '/dev/random', '/dev/hwrng'] as const;
export const watchdogModels = ['i6300esb', 'ib700'] as const;
export const watchdogActions = ['reset', 'shutdown', 'poweroff', 'pause', 'none'] as const;
export const audioDevices = ['ich9-intel-hda', 'intel-hda', 'AC97'] as const;

const oneOf = <T extends string>(of: readonly [T, ...T[]], text: string | undefined): T =>
  of.find((word) => word === text) ?? of[0];
const named = (of: PropertyString, name: string) => of.options.get(name) ?? of.lead;

export interface RngForm {
  readonly source: (typeof rngSources)[number];
  /** Bytes a period; 0 for no limit. */
  readonly bytes: string;
  /** Milliseconds. */
  readonly period: string;
}

export function readRng(value: PropertyString): RngForm {
  return {
    source: oneOf(rngSources, named(value, 'source')),
    bytes: value.options.get('max_bytes') ?? '1024',
    period: value.options.get('period') ?? '1000',
  };
}

export function rngString(form: RngForm): string {
  return `source=${form.source},max_bytes=${form.bytes.trim()},period=${form.period.trim()}`;
}

export function checkRng(form: RngForm): Partial<Record<keyof RngForm, 'bytes' | 'number'>> {
  return {
    ...(wholeNumber(form.bytes) === undefined ? { bytes: 'bytes' } : {}),
    ...(isAtLeast(form.period, 1) ? {} : { period: 'number' }),
  };
}

export interface WatchdogForm {
  readonly model: (typeof watchdogModels)[number];
  readonly action: (typeof watchdogActions)[number];
}

export function readWatchdog(value: PropertyString): WatchdogForm {
  return {
    model: oneOf(watchdogModels, named(value, 'model')),
    action: oneOf(watchdogActions, value.options.get('action')),
  };
}

export const watchdogString = (form: WatchdogForm): string => `model=${form.model},action=${form.action}`;

export interface AudioForm {
  readonly device: (typeof audioDevices)[number];
}

export function readAudio(value: PropertyString): AudioForm {
  return { device: oneOf(audioDevices, value.options.get('device')) };
}

/** Without a driver: there is no sound on a screen in the browser. */
export function audioString(form: AudioForm, before: PropertyString): string {
  return renderProperties(withOptions(before, { device: form.device, driver: 'none' }));
}

export interface FirmwareForm {
  readonly storage: string;
  /** Does it come with the vendors' Secure Boot keys? */
  readonly keys: boolean;
}

export function efiDiskString(form: FirmwareForm): string {
  return `${form.storage}:1,efitype=4m${form.keys ? ',pre-enrolled-keys=1' : ''}`;
}

export interface TpmForm {
  readonly storage: string;
  readonly version: 'v2.0' | 'v1.2';
}

export const tpmString = (form: TpmForm): string => `${form.storage}:1,version=${form.version}`;

export const checkStorage = (form: { readonly storage: string }): { storage?: 'required' } =>
  form.storage === '' ? { storage: 'required' } : {};
