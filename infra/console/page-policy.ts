/** What the pages may load and talk to: the same in both homes, from a server, a bucket or a Lambda. */

/** @param storage origins that signed links to pictures and packages lead to, when they are not our own */
export const pagePolicy = (storage: readonly string[] = []): string =>
  [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'"],
    ["img-src 'self' blob: data:", ...storage].join(' '),
    ["connect-src 'self'", ...storage].join(' '),
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join('; ');

/** It lets the verifier talk to nobody: what is checked cannot be sent anywhere. */
export const VERIFIER_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
