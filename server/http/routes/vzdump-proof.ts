// Routes that try restores of backups, and tell what came of it.
import type { ProofService } from '../../backup/proof/proof-service.ts';
import { readProof, readProofPicture, testBackup } from '../../contract/vzdump-proof.ts';
import { quietContext } from '../../core/work-context.ts';
import { ReplyResponse, type Route, route } from '../route.ts';

export function vzdumpProofRoutes(proofs: ProofService): Route[] {
  return [
    route(testBackup, ({ params: { node: _node, ...request }, caller }) => proofs.start(caller, request)),
    route(readProof, ({ params, caller, signal }) =>
      proofs.proof(quietContext(signal), caller, params.volume),
    ),
    route(readProofPicture, async ({ params, caller, signal }) => {
      const picture = await proofs.picture(quietContext(signal), caller, params.volume);
      return new ReplyResponse(
        new Response(Buffer.from(picture), {
          headers: {
            'Content-Type': 'image/png',
            'Cache-Control': 'private, no-cache',
            'X-Content-Type-Options': 'nosniff',
          },
        }),
      );
    }),
  ];
}
