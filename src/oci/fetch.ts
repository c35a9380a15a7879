/**
 * What the client tells the platform's fetch about a request, beside the standard fields: Node checks the address it
 * really connects to and must know which hosts may be private. workerd's fetch ignores it.
 */
interface FetchHint {
  /** The host was written out in the configuration, so a private address is meant. */
  mayBePrivate: boolean;
  /** Host and port of the URL. */
  host: string;
}

/** The `init` the client hands to fetch. */
export interface RegistryRequestInit extends RequestInit {
  chartseal?: FetchHint;
}
