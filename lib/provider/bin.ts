import { definition } from './definition';
import { serve } from './protocol/serve';

void serve(definition);
