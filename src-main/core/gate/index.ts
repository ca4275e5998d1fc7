/** The Gate: the local proxy that injects credentials agents never see. */
export { DEMO_SERVICE, DemoService } from './demo-service.ts';
export { Gate, type GateOptions } from './gate.ts';
export type { GateLimits } from './limits.ts';
export type { GateAgent, GateIdentity, GateVault } from './ports.ts';
export {
  AMBIENT_CREDENTIAL_VARS,
  isAmbientCredential,
  MODEL_PROFILES,
  type ModelProfile,
  profileEnv,
  profileFor,
  withoutAmbientCredentials,
} from './profiles.ts';
