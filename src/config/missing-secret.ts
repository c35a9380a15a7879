/** Words for a secret that is not set; they name the variable. */
export function missingSecret(name: string): string {
  return `the secret ${name} is not set; set the environment variable or Worker secret ${name} (or its parts ${name}_1, ${name}_2, …)`;
}
