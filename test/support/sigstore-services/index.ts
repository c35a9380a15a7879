export {
  createSigstoreServices,
  FULCIO,
  ISSUER,
  NOW,
  REKOR_1,
  REKOR_2,
  type ServiceCall,
  type SigstoreServices,
  signingConfigJson,
  TSA,
} from './create-services.ts';
export { identityOf } from './fulcio.ts';
export { answerLogV1, answerLogV2, type LogMemory } from './logs.ts';
