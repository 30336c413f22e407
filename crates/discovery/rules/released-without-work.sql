-- id: released-without-work
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: judicial
-- title: 解除羁押后未就业
-- why: 公安记录此人已于{ended_on}解除羁押（解除后{from_days}至{until_days}天内关注），目前未见就业（无有效职工保险，近期无工资记录），本人未享受低保、特困、低保边缘或刚性支出困难救助；此人{age}岁，处于劳动年龄。
-- legal-basis: 《中华人民共和国监狱法》；《戒毒条例》；《中华人民共和国就业促进法》；《社会救助暂行办法》（国务院令第649号）
-- feeds: police, social-security, registry
-- due: 10 working days
-- occasion: event
-- clears: 就业，本人享受低收入救助，再次被羁押，或解除羁押超过关注期限
SELECT u.person                   AS subject,
       CAST(u.on_day AS VARCHAR)  AS occasion,
       u.on_day                   AS ended_on,
       q.released_from_days       AS from_days,
       q.released_until_days      AS until_days,
       p.age                      AS age,
       u.fact                     AS trigger_end
FROM custody u
JOIN person p ON p.person = u.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND u.event = 'ended'
  AND days_between(u.on_day, c.as_of) BETWEEN q.released_from_days AND q.released_until_days
  AND p.age >= q.working_age_from_years
  AND p.age < q.working_age_below_years
  AND NOT p.employed
  AND NOT EXISTS (
      SELECT 1 FROM benefit b
      WHERE b.person = p.person AND b.program IN ('dibao', 'tekun', 'dibao-edge', 'rigid-spending'))
