// The part of noVNC that is used; the package has no types.
declare module '@novnc/novnc' {
  interface RfbOptions {
    readonly shared?: boolean;
    readonly credentials?: {
      readonly username?: string;
      readonly password?: string;
      readonly target?: string;
    };
    readonly wsProtocols?: readonly string[];
  }
  interface RfbEvents {
    connect: CustomEvent<Record<string, never>>;
    disconnect: CustomEvent<{ readonly clean: boolean }>;
    credentialsrequired: CustomEvent<{ readonly types: readonly string[] }>;
    securityfailure: CustomEvent<{ readonly status: number; readonly reason?: string }>;
  }
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, urlOrChannel: string | WebSocket, options?: RfbOptions);
    scaleViewport: boolean;
    resizeSession: boolean;
    viewOnly: boolean;
    focusOnClick: boolean;
    background: string;
    showDotCursor: boolean;
    addEventListener<K extends keyof RfbEvents>(type: K, listener: (event: RfbEvents[K]) => void): void;
    disconnect(): void;
    focus(): void;
    sendKey(keysym: number, code: string | null, down?: boolean): void;
    sendCredentials(credentials: { readonly password?: string; readonly username?: string }): void;
  }
}
