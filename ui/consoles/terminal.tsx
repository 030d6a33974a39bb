// The terminal of a guest or a node: xterm over the daemon's WebSocket.
import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { createEffect, on, onCleanup, onMount } from 'solid-js';
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import { api } from '../api/client.ts';
import { t } from '../i18n/index.ts';
import { type ConsolePlace, type ConsoleState, consoleUrl } from './console-url.ts';
import {
  helloFrame,
  inputFrame,
  keepaliveFrame,
  keepaliveMs,
  readGreeting,
  sizeFrame,
} from './terminal-frames.ts';

interface TerminalProps {
  kind: GuestKind | 'node';
  /** A container's: `shell` is root's, without log-in. */
  way?: 'login' | 'shell';
  /** A node has no number. */
  place: ConsolePlace;
  name: string;
  /** False while another stands before it: what is typed is not for this one. */
  shown?: boolean;
  /** Connects again whenever it changes. */
  attempt: number;
  onState: (state: ConsoleState, error?: unknown) => void;
}

/** Asks for a port and a ticket. */
function askTerminal(props: TerminalProps): Promise<{ port: string | number; ticket: string; user: string }> {
  const { node, vmid } = props.place;
  if (props.kind === 'node' || vmid === undefined) return api('POST /nodes/{node}/termproxy', { node });
  if (props.way === 'shell') return api('POST /nodes/{node}/lxc/{vmid}/shell', { node, vmid });
  return api(`POST /nodes/{node}/${props.kind}/{vmid}/termproxy`, { node, vmid });
}

export default function ConsoleTerminal(props: TerminalProps) {
  let target: HTMLDivElement | undefined;
  let socket: WebSocket | undefined;
  let ready = false;
  let round = 0;
  const terminal = new Terminal({
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontSize: 14,
    fontFamily: getComputedStyle(document.body).getPropertyValue('--font-mono') || 'monospace',
    scrollback: 5000,
    screenReaderMode: true,
    theme: { background: '#0b0e10', foreground: '#e7eaec' },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);

  const send = (frame: string) => {
    if (ready && socket?.readyState === WebSocket.OPEN) socket.send(frame);
  };
  terminal.onData((data) => send(inputFrame(data)));
  terminal.onResize(({ cols, rows }) => send(sizeFrame(cols, rows)));
  const keepalive = setInterval(() => send(keepaliveFrame), keepaliveMs);

  function close(): void {
    ready = false;
    const old = socket;
    socket = undefined;
    old?.close();
  }

  async function open(): Promise<void> {
    round += 1;
    const mine = round;
    close();
    props.onState('connecting');
    try {
      const proxy = await askTerminal(props);
      if (mine !== round) return;
      const next = new WebSocket(consoleUrl(props.kind, props.place, proxy.port, proxy.ticket), ['binary']);
      socket = next;
      next.binaryType = 'arraybuffer';
      next.onopen = () => next.send(helloFrame(proxy.user, proxy.ticket));
      next.onmessage = (message: MessageEvent<ArrayBuffer | string>) => {
        if (mine !== round) return;
        const bytes =
          typeof message.data === 'string'
            ? new TextEncoder().encode(message.data)
            : new Uint8Array(message.data);
        if (ready) {
          terminal.write(bytes);
          return;
        }
        const rest = readGreeting(bytes);
        if (rest === undefined) {
          next.close();
          return;
        }
        ready = true;
        terminal.write(rest);
        send(sizeFrame(terminal.cols, terminal.rows));
        props.onState('connected');
        if (props.shown !== false) terminal.focus();
      };
      next.onclose = () => {
        if (mine !== round) return;
        const refused = !ready;
        ready = false;
        props.onState('closed', refused ? t('console.refused') : undefined);
      };
    } catch (thrown) {
      if (mine === round) props.onState('closed', thrown);
    }
  }

  onMount(() => {
    if (!target) return;
    terminal.open(target);
    terminal.textarea?.setAttribute('aria-label', t('console.terminalOf', { name: props.name }));
    if (target.clientWidth > 0) fit.fit();
    // One that is hidden behind another has no size, and keeps the one it had.
    const observer = new ResizeObserver(() => target && target.clientWidth > 0 && fit.fit());
    observer.observe(target);
    onCleanup(() => observer.disconnect());
  });
  createEffect(
    on(
      () => [props.attempt, props.place.node, props.place.vmid],
      () => void open(),
    ),
  );
  createEffect(
    on(
      () => props.shown,
      (shown) => shown && terminal.focus(),
      { defer: true },
    ),
  );
  onCleanup(() => {
    round += 1;
    clearInterval(keepalive);
    close();
    terminal.dispose();
  });

  return <div ref={target} class="size-full overflow-hidden p-2" />;
}
