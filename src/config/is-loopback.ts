/** Is the host of the URL written as an address of this machine itself? Names, like `localhost`, are not looked up. */
export function isLoopback(url: URL): boolean {
  return url.hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(url.hostname);
}
