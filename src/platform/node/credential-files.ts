import { posix, win32 } from 'node:path';

/** What decides where the files are. */
export interface Place {
  env: Readonly<Record<string, string | undefined>>;
  homedir: string;
  /** As `process.platform`. */
  platform: string;
}

/**
 * The files that may hold credentials, in the order in which they are asked: Helm's, Docker's, Podman's
 * (helm:pkg/helmpath/lazypath.go; docker/cli:cli/config/config.go; containers-auth.json(5)).
 */
export function credentialFiles({ env, homedir, platform }: Place): string[] {
  const { join } = platform === 'win32' ? win32 : posix;
  const files: string[] = [];
  if (env.HELM_REGISTRY_CONFIG) files.push(env.HELM_REGISTRY_CONFIG);
  else {
    const fallback =
      platform === 'win32'
        ? join(env.APPDATA || join(homedir, 'AppData', 'Roaming'), 'helm')
        : platform === 'darwin'
          ? join(homedir, 'Library', 'Preferences', 'helm')
          : join(homedir, '.config', 'helm');
    const config =
      env.HELM_CONFIG_HOME || (env.XDG_CONFIG_HOME && join(env.XDG_CONFIG_HOME, 'helm')) || fallback;
    files.push(join(config, 'registry', 'config.json'));
  }
  files.push(join(env.DOCKER_CONFIG || join(homedir, '.docker'), 'config.json'));
  if (env.REGISTRY_AUTH_FILE) files.push(env.REGISTRY_AUTH_FILE);
  else {
    if (env.XDG_RUNTIME_DIR) files.push(join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'));
    files.push(join(env.XDG_CONFIG_HOME || join(homedir, '.config'), 'containers', 'auth.json'));
  }
  return [...new Set(files)];
}
