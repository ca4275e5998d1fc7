import './no-eval.ts';
import './styles/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { isDesktop } from './client/index.ts';
import { App } from './frame/app.tsx';
import { startRouting, useRoute } from './frame/route.ts';
import { startLive, startTheme } from './state/index.ts';

startTheme();
startRouting();
startLive({ connect: isDesktop || useRoute.getState().route.screen !== 'sign-in' });

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
