// The contract: shipped with the package, or read from the repository.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

// One copy of the library, for whoever calls the service, too.
export { grpc };

const FILE = 'latchkey/function/v1/auth_function.proto';

function protoFolder() {
  const folders = ['../proto', '../../../proto']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = folders.find((folder) => existsSync(`${folder}/${FILE}`));
  if (!found) throw new Error(`${FILE} is in none of ${folders.join(', ')}`);
  return found;
}

// The client and service of latchkey.function.v1.AuthFunctionService.
export function loadAuthFunctionService() {
  const definition = loadSync(FILE, {
    includeDirs: [protoFolder()],
    keepCase: true,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return grpc.loadPackageDefinition(definition).latchkey.function.v1.AuthFunctionService;
}
