// Draws the icons of the installed app as PNG from `public/icon.svg`: systems that install web pages do not all take SVG.
// Usage: node ui/icons.ts; what it draws is checked in.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchForShots } from './shots-frame.ts';

const folder = fileURLToPath(new URL('./public/', import.meta.url));
const picture = `data:image/svg+xml;base64,${readFileSync(`${folder}icon.svg`).toString('base64')}`;
/** The colour of the picture's own ground. */
const ground = '#0f6b73';

/** `share`: of the side that the picture takes; systems cut what is maskable to a circle of four fifths of it. */
const icons = [
  { file: 'icon-192.png', side: 192, share: 1 },
  { file: 'icon-512.png', side: 512, share: 1 },
  { file: 'icon-maskable-512.png', side: 512, share: 0.8 },
  { file: 'apple-touch-icon.png', side: 180, share: 0.9 },
];

const browser = await launchForShots();
try {
  const page = await browser.newPage();
  for (const { file, side, share } of icons) {
    await page.setViewportSize({ width: side, height: side });
    const inner = Math.round(side * share);
    const back = share === 1 ? 'transparent' : ground;
    await page.setContent(
      `<body style="margin:0;height:100vh;display:grid;place-items:center;background:${back}">` +
        `<img src="${picture}" width="${inner}" height="${inner}" style="display:block"></body>`,
    );
    await page.locator('img').evaluate((image) => (image as HTMLImageElement).decode());
    await page.screenshot({ path: `${folder}${file}`, omitBackground: true });
  }
} finally {
  await browser.close();
}
