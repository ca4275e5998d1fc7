import { z } from 'zod';

// The page's content security policy forbids eval; zod would try it once to compile its parsers. Imported before
// anything that builds a schema.
z.config({ jitless: true });
