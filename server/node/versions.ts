// The versions that the daemon tells: its own, and that of the API which it speaks.
import packageFile from '../../package.json' with { type: 'json' };

/** Croft's own version. */
export const croftVersion: string = packageFile.version;
/** The published API that the methods follow: clients decide by it what they may call. */
export const apiVersion = '9.1.3';
export const apiRelease = '9.1';
