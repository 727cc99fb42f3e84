/** The part of Tauri's global that we use, and only in `ipc.js`. */
declare global {
  interface Window {
    __TAURI__?: {
      core: {
        invoke<T>(command: string, args?: Record<string, unknown> | Uint8Array, options?: { headers: Record<string, string> }): Promise<T>;
        Channel: new <T>(onmessage: (message: T) => void) => unknown;
      };
    };
  }
}

export {};
