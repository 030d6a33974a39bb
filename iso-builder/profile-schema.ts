// The keys of a profile's file and the rule of each: what is written here ends in a boot menu, an apt list, a file name.
import { z } from 'zod';
import { versionPattern } from '../server/core/update-manifest.ts';

/** Names of profiles: also file names. */
export const profileName = /^[a-z][a-z0-9-]{0,31}$/;

/** Set at each boot by the boot menu or the installer, never by a profile; see the appliance's command line words. */
const bootWords = /^croft\.(medium|slot|system|state|trial)(=|$)/;

/** Debian Policy 5.6.1. */
const packageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package, lower case, without version');

const suiteName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, "must be the name of a Debian release, such as 'trixie'");

/** A word of the kernel's command line that GRUB and a shell take as it is: no quotes, no `$`, no `;`. */
const kernelWord = z
  .string()
  .regex(
    /^[\w.-]+(=[\w.,:/@%+=-]*)?$/,
    'must be one word: letters, digits and ._- with a value of letters, digits and ._,:/@%+=-',
  )
  .refine((word) => !bootWords.test(word), 'is set by the boot menu and cannot be set by a profile');

/** Absolute, each part a plain name. */
const imagePath = z
  .string()
  .max(1000)
  .regex(
    /^(\/[^/\s\p{Cc}]+)+$/u,
    'must be an absolute path without white space, empty parts or a slash at its end',
  )
  .refine(
    (path) => !path.split('/').some((part) => part === '.' || part === '..'),
    "must not have '.' or '..' in it",
  );

/** As dpkg(1) takes it with `--path-exclude`: a pattern over whole paths, in which `*` also stands for slashes. */
const pathPattern = z
  .string()
  .max(1000)
  .regex(
    /^\/[\w.+@-]+\/[\w.+@*?/-]+$/,
    'must be an absolute path of at least two parts, the first of them without pattern; * and ? are patterns',
  );

export const profileSchema = z.strictObject({
  name: z.string().regex(profileName, 'must be lower case letters, digits and hyphens, at most 32'),
  /** Another profile: its name, or its path relative to this file. */
  extends: z.string().min(1).optional(),
  suite: suiteName.optional(),
  components: z.array(z.enum(['main', 'contrib', 'non-free', 'non-free-firmware'])).optional(),
  mirrors: z
    .array(
      z.strictObject({
        url: z.string().regex(/^https?:\/\/[^\s"'[\]]+$/, 'must be an http or https address'),
        suite: suiteName,
      }),
    )
    .optional(),
  packages: z.array(packageName).optional(),
  /** Packages of the extended profile that are left out. */
  removePackages: z.array(packageName).optional(),
  /** Files of packages that are not unpacked; `*` stands for anything. Licences stay in any case. */
  excludePaths: z.array(pathPattern).optional(),
  files: z
    .array(
      z.strictObject({
        from: z.string().min(1),
        to: imagePath,
        mode: z
          .string()
          .regex(/^0[0-7]{3,4}$/, "must be an octal number in quotes, such as '0644'")
          .default('0644'),
      }),
    )
    .optional(),
  kernelOptions: z.array(kernelWord).optional(),
  /** ISO 9660's d-characters: what every firmware, GRUB and blkid read alike. */
  volumeLabel: z
    .string()
    .regex(/^[A-Z0-9_]{1,32}$/, 'must be 1 to 32 upper case letters, digits and underscores')
    .optional(),
  version: z.string().regex(versionPattern, 'must be letters, digits and .+~-, at most 64').optional(),
});
