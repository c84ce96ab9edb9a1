# simulate: {duration: {get_parameter: seconds}}
# takes no notice of a cancel
import time
from cloudify.workflows import ctx, parameters
time.sleep(float(parameters.seconds))
ctx.logger.info('end of deaf')
