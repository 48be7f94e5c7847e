"""What gunicorn serves: the real services behind the real routes."""

from api.app import open_app
from api.http.traces import trace_requests
from ostiary.platform.settings import settings_or_exit
from ostiary.services import open_services
from tasks.nudges import open_nudges

settings = settings_or_exit("web")
services = open_services(settings, nudge=open_nudges(settings.redis_url))
services.readiness.start()
app = trace_requests(open_app(services, settings))
