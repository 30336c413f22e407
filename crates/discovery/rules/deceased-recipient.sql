-- id: deceased-recipient
-- version: 3
-- procedure: review
-- subject: person
-- sensitivity: general
-- title: 已有死亡信息仍在享受待遇
-- why: [{activities}记录晚于死亡日期（最近{active_on}），信息互相矛盾，请先核对此人是否在世。]{feeds}已有此人死亡信息（最早日期{died_on}），但待遇尚未终止或名单尚未调整：{programs}。请核实，核实前待遇不变。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；民政部《最低生活保障审核确认办法》（民发〔2021〕57号）
-- feeds: registry
-- also: police, health, social-security, medical-insurance
-- due: 3 working days
-- occasion: event
-- clears: 待遇终止，或死亡信息被来源部门撤回

-- What began after the death (activity-after-death) is shown first, and is no new evidence of a death.
SELECT d.person                AS subject,
       'death'                 AS occasion,
       words(a.activity)       AS activities,
       max(a.began_on)         AS active_on,
       min(d.on_day)           AS died_on,
       words(d.feed)           AS feeds,
       words(b.program)        AS programs,
       array_agg(d.fact)       AS triggers_death,
       array_agg(b.fact_grant) AS triggers_grant,
       array_agg(b.fact_list)  AS facts_list,
       array_agg(a.fact)       AS facts_activity
FROM death_signal d
JOIN benefit b ON b.person = d.person
LEFT JOIN activity_after_death a ON a.person = d.person
GROUP BY d.person
