/**
 * Electron's fuses: switches in the packaged program itself that no environment variable or command line can undo.
 * electron-builder calls the default export after packing and before signing.
 */
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';

/** The values the packaged app must have, each with its reason. */
export const fuses = {
  // ELECTRON_RUN_AS_NODE would turn the signed app into a plain Node that runs anything as “Aegis”.
  [FuseV1Options.RunAsNode]: false,
  // NODE_OPTIONS and NODE_EXTRA_CA_CERTS could load code into the process that holds the vault's key.
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  // --inspect and SIGUSR1 would open a debugger on that process.
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  // Cookies on disk are encrypted with a key of the system's keychain.
  [FuseV1Options.EnableCookieEncryption]: true,
  // A changed app archive is refused (macOS and Windows; Linux relies on root-owned, signed packages).
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  // No folder beside the archive is loaded in its place, which would go around that check.
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  // One V8 snapshot, the stock one, for all processes.
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  // Pages come from app://; file:// pages get no rights of their own.
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
};

/** Sets the fuses of an Electron program (the executable, or the .app folder on macOS). */
export async function setFuses(program, { resetSignature = false } = {}) {
  await flipFuses(program, {
    version: FuseVersion.V1,
    // Changing the file breaks the ad-hoc signature without which Apple silicon does not start it.
    resetAdHocDarwinSignature: resetSignature,
    ...fuses,
  });
}

export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const { productFilename } = packager.appInfo;
  const program = {
    darwin: `${productFilename}.app`,
    mas: `${productFilename}.app`,
    win32: `${productFilename}.exe`,
  }[electronPlatformName];
  await setFuses(join(appOutDir, program ?? packager.executableName), {
    resetSignature: electronPlatformName === 'darwin',
  });
}
