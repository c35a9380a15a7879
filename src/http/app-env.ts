/** What Hono keeps for the application. */
export interface AppEnv {
  /** What one request carries through its handlers. */
  Variables: {
    requestId: string;
    /** What the log line of this request says beside method, path and status. */
    fields: Record<string, unknown>;
  };
}
