import { FieldError } from '../../../protocol/netlink/index.ts';
import {
  callback,
  checkOptions,
  milliseconds,
  type OptionChecks,
  oneOf,
} from '../../netlink/request/check-options.ts';
import { checkDesiredServices, type DesiredServices } from './desired-services.ts';
import type { DrainingOptions, PlanOptions } from './options.ts';

const drainingChecks: OptionChecks<DrainingOptions> = {
  grace: milliseconds,
  elapsed: callback,
};

/** The checks of plan options; an unknown value must not lead to removals. */
export const planChecks: OptionChecks<PlanOptions> = {
  filter: callback,
  remove: oneOf('all', 'destinations', 'nothing'),
  allowRemoval: (name, value) => {
    if (value !== 'any' && !((value as number) >= 0 && (value as number) <= 1 && typeof value === 'number'))
      throw new FieldError(name, value, "must be 'any' or a share from 0 to 1");
  },
  lastGood: (_name, value) => checkDesiredServices(value as DesiredServices),
  absent: oneOf('default', 'leave'),
  draining: (name, value) => {
    checkOptions(value, drainingChecks, name);
    milliseconds(`${name}.grace`, (value as DrainingOptions).grace);
  },
  keepWeights: (name, value) => {
    if (typeof value !== 'boolean' && typeof value !== 'function')
      throw new FieldError(name, value, 'must be true, false or a function');
  },
};
