import * as fs from 'fs';

export default function remove(): void {
  fs.rmSync((globalThis as unknown as { temporaryFolder: string }).temporaryFolder, { recursive: true });
}
