# simulate: {duration: {get_parameter: seconds}, heeds_cancel: true}
# cooperates with a cancel
import time
from cloudify.workflows import ctx, parameters, api
for i in range(int(parameters.seconds) * 4):
    if api.has_cancel_request():
        ctx.logger.info('saw the cancel request')
        break
    time.sleep(0.25)
ctx.logger.info('end of sleepy')
