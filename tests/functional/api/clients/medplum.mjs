// An EHR made of @medplum/core: discovers, fills the prefetch from its FHIR server, calls, reports.
// Reads {service, fhir, issuer, kid, key, hook, context, told} on stdin; answers in JSON on stdout.
import { SignJWT, importJWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';

// It asks for a newer Node.js, and of that only this name when it's loaded.
globalThis.WebSocket ??= class {};
const { MedplumClient, buildCdsRequest } = await import('@medplum/core');

const given = JSON.parse(await text(process.stdin));
const key = await importJWK(given.key, given.key.alg);

const sign = (address) =>
  new SignJWT({})
    .setProtectedHeader({ alg: given.key.alg, kid: given.kid, typ: 'JWT' })
    .setIssuer(given.issuer)
    .setAudience(address)
    .setIssuedAt()
    .setExpirationTime('5m')
    .setJti(randomUUID())
    .sign(key);

const answers = [];
const signedFetch = async (asked, options) => {
  const address = String(asked);
  const isService = address.startsWith(given.service);
  const headers = new Headers(options.headers);
  if (isService) {
    headers.set('Authorization', `Bearer ${await sign(address)}`);
  }
  const response = await fetch(address, { ...options, headers });
  if (isService) {
    answers.push({ address: address.slice(given.service.length), status: response.status });
  }
  return response;
};

const medplum = new MedplumClient({
  baseUrl: given.fhir,
  cdsServicesUrl: `${given.service}/cds-services`,
  fetch: signedFetch,
});
const user = { resourceType: 'Practitioner', id: '12' };
const { services } = await medplum.getCdsServices();
const service = services.find((each) => each.hook === given.hook);
const request = await buildCdsRequest(medplum, user, service, given.context);
const { cards } = await medplum.callCdsService(service.id, request);
if (given.told) {
  const last = cards.at(-1);
  const outcome =
    given.told === 'accepted'
      ? { outcome: 'accepted', acceptedSuggestions: [{ id: last.suggestions[0].uuid }] }
      : { outcome: 'overridden', overrideReason: { reason: last.overrideReasons[0] } };
  const feedback = [{ card: last.uuid, outcomeTimestamp: new Date().toISOString(), ...outcome }];
  const path = `${given.service}/cds-services/${service.id}/feedback`;
  await medplum.post(path, { feedback }, 'application/json');
}
process.stdout.write(JSON.stringify({ services, request, cards, answers }));
