import { App } from 'cdktf';
import { CanaryRebase } from './canary';
import { Classroom } from './classroom';
import { Databases } from './databases';
import { Kiosk } from './kiosk';

const app = new App();
new Classroom(app, 'classroom');
new Kiosk(app, 'kiosk');
new CanaryRebase(app, 'canary');
new Databases(app, 'databases');
app.synth();
