// The versions that the daemon tells: its own, and that of the API which it speaks.
import packageFile from '../../package.json' with { type: 'json' };

/** Croft's own version; an image is bundled with its own (`CROFT_BUILD_VERSION` is replaced then). */
export const croftVersion: string = process.env['CROFT_BUILD_VERSION'] ?? packageFile.version;
/** The published API that the methods follow: clients decide by it what they may call. */
export const apiVersion = '9.1.3';
export const apiRelease = '9.1';
