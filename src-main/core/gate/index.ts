/** The Gate: the local proxy that injects credentials agents never see. */
export { DEMO_SERVICE, DemoService } from './demo-service.ts';
export { Gate, type GateOptions } from './gate.ts';
export { isAmbientCredential, profileEnv } from './profiles.ts';
