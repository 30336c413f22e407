-- id: unemployment-benefit-exhausted
-- version: 2
-- procedure: help
-- subject: person
-- sensitivity: financial
-- title: 失业保险金领取期满仍未就业
-- why: 失业保险金已于{ended_on}领取期满（期满{from_days}至{until_days}天内关注），目前未见就业（无有效职工保险，近期无工资记录），也未领取养老金；此人{age}岁，处于劳动年龄。
-- legal-basis: 《失业保险条例》（国务院令第258号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: social-security
-- due: 10 working days
-- occasion: event
-- clears: 重新就业、领取养老金、再次领取失业保险金，或期满超过关注期限
SELECT u.person                    AS subject,
       CAST(u.on_day AS VARCHAR)   AS occasion,
       u.on_day                    AS ended_on,
       q.exhausted_from_days       AS from_days,
       q.exhausted_until_days      AS until_days,
       p.age                       AS age,
       u.fact                      AS trigger_end
FROM unemployment_benefit u
JOIN person p ON p.person = u.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND p.age >= q.working_age_from_years
  AND p.age < q.working_age_below_years
  AND u.reason = 'exhausted'
  AND days_between(u.on_day, c.as_of) BETWEEN q.exhausted_from_days AND q.exhausted_until_days
  AND NOT p.employed
  AND NOT p.has_pension
