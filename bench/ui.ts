// The web UI in a real browser: what it weighs, how smoothly it moves, how soon it shows a change; Cockpit beside it.
import { existsSync } from 'node:fs';
import type { Bench } from './bench.ts';
import { launchBrowser } from './ui-browser.ts';
import { measureLoad } from './ui-load.ts';
import { measurePixel } from './ui-pixel.ts';
import { measureScroll } from './ui-scroll.ts';

const crowd = 5000;

export const bench: Bench = {
  name: 'ui',
  about: `the built web UI in Debian's Chromium: bytes of the first load and time until the list of guests can be used, on the daemon with fakes, beside Cockpit's machines page; frames by the browser's own trace while tree and table of ${crowd} guests scroll, on the mock; from a state change on the daemon to the frame that shows it`,
  whyNot: async () => {
    const ui = process.env['CROFT_UI_DIR'] ?? 'dist/ui';
    if (!existsSync(`${ui}/index.html`)) return 'needs the built web UI: npm run build:ui';
    return existsSync('/usr/bin/chromium') ? undefined : 'needs /usr/bin/chromium (apt-get install chromium)';
  },
  run: async (note) => {
    const browser = await launchBrowser();
    try {
      return [
        ...(await measureLoad(browser, note)),
        ...(await measureScroll(browser, crowd, note)),
        ...(await measurePixel(browser, crowd)),
      ];
    } finally {
      await browser.close();
    }
  },
};
