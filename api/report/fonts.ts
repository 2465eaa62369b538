import { createRequire } from 'node:module';
import type { Weight } from './pen.ts';

const require = createRequire(import.meta.url);

/** Files of the font Inter (SIL Open Font License): the Pi that runs this has no fonts of its own. */
export const FONT_FILES: Record<Weight, string> = {
  400: require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  600: require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  800: require.resolve('@expo-google-fonts/inter/800ExtraBold/Inter_800ExtraBold.ttf'),
};
