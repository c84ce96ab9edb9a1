# simulate: {fail: {concat: ['asked to fail: ', {get_parameter: reason}]}}
from cloudify.workflows import ctx, parameters
from cloudify.exceptions import NonRecoverableError
ctx.logger.info('about to fail')
raise NonRecoverableError('asked to fail: %s' % parameters.reason)
