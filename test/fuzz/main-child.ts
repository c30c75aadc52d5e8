import { serve } from './child.js';
import { readers } from './readers.js';

serve(readers);
