// A QR code on the page: dark on white in both themes, as scanners want it, with its quiet zone.
import { createMemo } from 'solid-js';
import { encode } from 'uqr';

/** Modules of white around it (ISO/IEC 18004, 6.3.8). */
const quietZone = 4;

export function QrPicture(props: { text: string; label: string }) {
  const code = createMemo(() => encode(props.text, { ecc: 'M', border: quietZone }));
  const path = () =>
    code()
      .data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
      .join('');
  return (
    <svg
      role="img"
      aria-label={props.label}
      viewBox={`0 0 ${code().size} ${code().size}`}
      class="w-full max-w-48 rounded-md border border-line"
      shape-rendering="crispEdges"
      style={{ background: '#fff' }}
    >
      <path d={path()} fill="#000" />
    </svg>
  );
}
