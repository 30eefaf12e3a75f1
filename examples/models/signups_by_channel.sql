{{config tags="example"}}
-- channel is a defined property: it was never delivered, only its definition was
SELECT
  COALESCE(visits.channel, '(none)') AS channel,
  COUNT(DISTINCT signups.user_id) AS people,
  AVG(visits.session_pageviews) AS pageviews_before_and_after
FROM {{ref "signup_completed_resolved"}} AS signups
JOIN {{ref "sessions_enriched"}} AS visits ON visits.session_id = signups.session_id
GROUP BY 1
