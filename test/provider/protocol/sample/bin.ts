import { serve } from '../../../../lib/provider/protocol/serve';
import { sample } from './definition';

void serve(sample);
