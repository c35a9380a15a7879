/** Where verdicts are kept. The platform decides where that is; entries may vanish at any time. */
export interface VerdictCache {
  get(key: string): Promise<string | undefined>;
  /** @param expiresAt milliseconds since the epoch */
  set(key: string, value: string, expiresAt: number): Promise<void>;
}
