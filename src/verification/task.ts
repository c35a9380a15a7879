import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/index.ts';
import type { Reference, RegistryClient, RegistrySession } from '../oci/index.ts';
import type { Depth } from '../report/index.ts';
import type { ServiceAccess } from '../sigstore/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import type { Gate } from './gate.ts';
import type { VerdictCache } from './verdict-cache.ts';

export interface VerifyRequest {
  /** `oci://host/repository[:tag][@digest]` */
  reference: string;
  /** A version or a range as `helm --version` takes it; only without a tag, or equal to it. */
  version?: string | undefined;
  /** A further policy that must allow too. */
  policy?: string | undefined;
  /** May only deepen what the policy says. */
  depth?: Depth | undefined;
}

/** What judging needs besides the chart itself. */
export interface JudgeContext {
  config: Config;
  /** A policy made of --keyring; given together with `config`, both must allow. */
  keyringPolicy?: Config | undefined;
  clock: Clock;
  newId: () => string;
}

export interface VerifyContext extends JudgeContext {
  client: RegistryClient;
  cache?: VerdictCache | undefined;
  /** How services that the configuration names (transparency logs) are reached. undefined: they are not. */
  services?: ServiceAccess | undefined;
  /** Read registries without credentials, unless the registry entry says anonymousMayVerify. */
  anonymous?: boolean | undefined;
  /** Skip every cache of verdicts and registry answers. */
  noCache?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Bounds what is under way at the same time; a verdict that is kept by digest needs no turn. undefined: no bound. */
  gate?: Gate | undefined;
  /** When nobody will wait for the verdict any more, milliseconds since the epoch; read by the gate. */
  deadlineMs?: number | undefined;
  /** Requests that verifications of one call may still make together. */
  budget?: { requests: number } | undefined;
  /** Whose verdicts may be shared with whom. */
  scope: 'callers' | 'anyone';
}

/** What one verification is about, handed from step to step. */
export interface VerifyTask {
  /** With the tag that a version range was resolved to. */
  reference: Reference;
  /** The tag of the reference as it was written, with its `+`; undefined: the tag came from a version or range. */
  writtenTag: string | undefined;
  policies: ChosenPolicy[];
  depth: Depth;
  /** Milliseconds since the epoch. */
  startedAt: number;
  session: RegistrySession;
  services: ServiceAccess | undefined;
  signal: AbortSignal | undefined;
}
