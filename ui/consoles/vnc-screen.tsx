// A VM's screen: noVNC over the daemon's WebSocket.
import RFB from '@novnc/novnc';
import { createEffect, createSignal, on, onCleanup } from 'solid-js';
import { api } from '../api/client.ts';
import type { GuestPlace } from '../api/guests.ts';
import { t } from '../i18n/index.ts';
import { type ConsoleKey, type KeyStroke, shift } from './console-keys.ts';
import { type ConsoleState, consoleUrl } from './console-url.ts';

export interface ScreenControls {
  /** Presses keys together and lets them go. */
  press(keys: readonly ConsoleKey[]): void;
  /** Types one after another, not faster than old systems read; true when all were typed, false when the connection was lost. */
  type(strokes: readonly KeyStroke[], signal: AbortSignal): Promise<boolean>;
  focus(): void;
}

/** Between two strokes: a BIOS or a boot loader loses what comes faster. */
const strokeMs = 20;

interface VncScreenProps {
  place: GuestPlace;
  name: string;
  /** Fit the picture into the window instead of showing it at its own size. */
  scale: boolean;
  /** What is typed and clicked does not go there. */
  viewOnly: boolean;
  /** Connects again whenever it changes. */
  attempt: number;
  onState: (state: ConsoleState, error?: unknown) => void;
  controls: (controls: ScreenControls) => void;
}

export default function VncScreen(props: VncScreenProps) {
  let target: HTMLDivElement | undefined;
  const [rfb, setRfb] = createSignal<RFB>();
  /** Grows with each attempt and at the end: answers for older ones are dropped. */
  let round = 0;

  async function open(): Promise<void> {
    round += 1;
    const mine = round;
    rfb()?.disconnect();
    setRfb(undefined);
    props.onState('connecting');
    try {
      const proxy = await api('POST /nodes/{node}/qemu/{vmid}/vncproxy', { ...props.place, websocket: true });
      if (mine !== round || !target) return;
      const next = new RFB(target, consoleUrl('qemu', props.place, proxy.port, proxy.ticket), {
        credentials: { password: proxy.password ?? proxy.ticket },
        wsProtocols: ['binary'],
      });
      next.scaleViewport = props.scale;
      next.viewOnly = props.viewOnly;
      next.background = 'transparent';
      let refused: string | undefined;
      next.addEventListener('connect', () => {
        if (mine !== round) return;
        nameCanvas();
        props.onState('connected');
        next.focus();
      });
      next.addEventListener('credentialsrequired', () =>
        next.sendCredentials({ password: proxy.password ?? proxy.ticket }),
      );
      next.addEventListener('securityfailure', (event) => {
        refused = event.detail.reason ?? t('console.refused');
      });
      next.addEventListener('disconnect', () => {
        if (mine !== round) return;
        setRfb(undefined);
        props.onState('closed', refused);
      });
      nameCanvas();
      setRfb(next);
    } catch (thrown) {
      if (mine === round) props.onState('closed', thrown);
    }
  }

  function nameCanvas(): void {
    const canvas = target?.querySelector('canvas');
    canvas?.setAttribute('aria-label', t('console.screenOf', { name: props.name }));
    canvas?.setAttribute('role', 'application');
  }

  const press = ({ keysym, code }: ConsoleKey, down: boolean) => rfb()?.sendKey(keysym, code, down);
  async function type(strokes: readonly KeyStroke[], signal: AbortSignal): Promise<boolean> {
    const screen = rfb();
    for (const { key, withShift } of strokes) {
      if (signal.aborted || rfb() !== screen || !screen) return false;
      if (withShift) press(shift, true);
      press(key, true);
      press(key, false);
      if (withShift) press(shift, false);
      await new Promise((resolve) => setTimeout(resolve, strokeMs));
    }
    return true;
  }

  props.controls({
    press(keys) {
      for (const key of keys) press(key, true);
      for (const key of keys.toReversed()) press(key, false);
    },
    type,
    focus: () => rfb()?.focus(),
  });
  createEffect(
    on(
      () => [props.attempt, props.place.node, props.place.vmid],
      () => void open(),
    ),
  );
  createEffect(() => {
    const current = rfb();
    if (!current) return;
    current.scaleViewport = props.scale;
    current.viewOnly = props.viewOnly;
  });
  onCleanup(() => {
    round += 1;
    rfb()?.disconnect();
  });

  return <div ref={target} class={`size-full ${props.scale ? 'overflow-hidden' : 'overflow-auto'}`} />;
}
